using Xunit;

// Many tests compare with clocks, hold sockets to deadlines or run sessions of the one runtime: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
