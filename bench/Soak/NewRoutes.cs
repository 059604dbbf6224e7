using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;

namespace SelfProfiler.Bench.Soak;

/// <summary>One route at a time, and a new one whenever it is asked for: what a program with generated routes does to tables of them.</summary>
internal sealed class NewRoutes(RequestDelegate answer) : EndpointDataSource
{
    private CancellationTokenSource _changed = new();
    private Endpoint[] _endpoints = [];

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    public void Replace(string template)
    {
        _endpoints = [new RouteEndpointBuilder(answer, RoutePatternFactory.Parse(template), order: 0).Build()];
        using var before = _changed;
        _changed = new CancellationTokenSource();
        before.Cancel();
    }
}
