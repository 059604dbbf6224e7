using Xunit;

// One engine per process: tests that switch it off or count its samples must not meet.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
