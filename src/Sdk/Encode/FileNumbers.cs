namespace SelfProfiler.Encode;

/// <summary>For each entry of a catalog its number in the file that is being made, counted from 1; 0 while it is not in it.</summary>
internal sealed class FileNumbers(int capacity)
{
    private int[] _numbers = new int[capacity];

    public ref int this[int entry]
    {
        get
        {
            if (entry >= _numbers.Length)
            {
                Array.Resize(ref _numbers, Math.Max(entry + 16, _numbers.Length * 2));
            }

            return ref _numbers[entry];
        }
    }

    public void Clear() => Array.Clear(_numbers);
}
