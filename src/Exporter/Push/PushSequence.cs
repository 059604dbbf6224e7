using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace SelfProfiler.Exporter.Push;

/// <summary>The pushes of one profile, made one at a time: a large profile is many, and only one of them is in memory.</summary>
internal sealed class PushSequence(IEnumerable<PushRequest> pushes)
{
    private readonly IEnumerator<PushRequest> _pushes = pushes.GetEnumerator();
    private ExceptionDispatchInfo? _failed;
    private bool _made;
    private bool _over;

    /// <summary>The last refusal: what became of the whole once all had their turn, however many attempts that took. Null: none was refused.</summary>
    public ExportResult? Refused { get; private set; }

    /// <summary>The push to send now, until <see cref="Advance"/>; false when all had their turn.</summary>
    public bool TryPeek([NotNullWhen(true)] out PushRequest? push)
    {
        // What failed once would look like an end, and the rest of the profile like delivered.
        _failed?.Throw();
        if (!_made)
        {
            _made = true;
            try
            {
                _over = !_pushes.MoveNext();
            }
            catch (Exception exception)
            {
                _failed = ExceptionDispatchInfo.Capture(exception);
                throw;
            }
        }

        push = _over ? null : _pushes.Current;
        return !_over;
    }

    /// <param name="result">What became of the push.</param>
    public void Advance(ExportResult result)
    {
        _made = false;
        Refused = result.Outcome == ExportOutcome.Rejected ? result : Refused;
    }
}
