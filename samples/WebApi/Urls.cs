namespace WebApi;

/// <summary>What to try, printed at the start and served at the root.</summary>
internal static class Urls
{
    public static string Text(string address) => $"""

        This application profiles itself. Try:
          {address}/debug/pprof/                                     overview in a browser
          {address}/debug/pprof/ui                                   flame graph in a browser
          go tool pprof -top {address}/debug/pprof/profile?seconds=10
          go tool pprof -http=: {address}/debug/pprof/allocs
          curl '{address}/debug/pprof/profile?seconds=10&format=folded&route=/orders/{"{id}"}'

        Routes of known cost:
          {address}/orders/42        JSON, LINQ, a cache: 1 to 3 ms of CPU
          {address}/cpu?ms=20        burns CPU             {address}/wait?ms=50    awaits
          {address}/block?ms=50      blocks its thread     {address}/lock?ms=5     fights for one lock
          {address}/alloc?kb=256     allocates             {address}/throw         throws and catches
          {address}/hops?n=5&ms=4    CPU between awaits, in nested activities

        """;
}
