using SelfProfiler.Recorder;

// Records the streams under tests/Golden: `dotnet run --project tests/Programs/Recorder -- record tests/Golden [name...]`.
// `work` is the other role of this program: the process that is recorded.
switch (args)
{
    case ["record", var folder, .. var names]:
        foreach (var scenario in Scenario.All.Where(s => names.Length == 0 || names.Contains(s.Name)))
        {
            await Recording.RunAsync(scenario, folder);
        }

        return 0;

    case ["work", var workload]:
        await Workload.RunAsync(workload);
        return 0;

    default:
        Console.Error.WriteLine("usage: Recorder record FOLDER [SCENARIO...] | Recorder work WORKLOAD");
        return 2;
}
