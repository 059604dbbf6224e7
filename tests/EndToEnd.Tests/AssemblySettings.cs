using Xunit;

// One engine per process, and clocks that are compared: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
