using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using SelfProfiler.Labels;

namespace SelfProfiler.AspNetCore;

/// <summary>The text of an endpoint's route: names of parameters without constraints and defaults, <c>/orders/{id}</c> for <c>/orders/{id:int}</c>.</summary>
internal static class RouteTemplates
{
    private static readonly ConditionalWeakTable<Endpoint, RouteName> Known = [];

    /// <returns>Null for endpoints without a route.</returns>
    public static RouteName? Of(Endpoint? endpoint) =>
        endpoint is RouteEndpoint route ? Known.GetValue(route, static key => new RouteName(Make(((RouteEndpoint)key).RoutePattern))) : null;

    private static string Make(RoutePattern pattern)
    {
        var text = new StringBuilder();
        foreach (var segment in pattern.PathSegments)
        {
            int before = text.Append('/').Length;
            foreach (var part in segment.Parts)
            {
                Append(text, part, pattern);
            }

            if (text.Length == before)
            {
                text.Length--; // a segment that is not there
            }
        }

        return text.Length == 0 ? "/" : text.ToString();
    }

    private static void Append(StringBuilder text, RoutePatternPart part, RoutePattern pattern)
    {
        switch (part)
        {
            case RoutePatternLiteralPart literal:
                text.Append(literal.Content);
                break;
            case RoutePatternSeparatorPart separator:
                text.Append(separator.Content);
                break;

            // Conventional routes: which controller and action is part of the route, not of the request.
            case RoutePatternParameterPart parameter when pattern.RequiredValues.TryGetValue(parameter.Name, out object? value) && value is string { Length: > 0 } required:
                text.Append(required);
                break;
            case RoutePatternParameterPart parameter:
                text.Append('{').Append(parameter.IsCatchAll ? "*" : "").Append(parameter.Name).Append(parameter.IsOptional ? "?" : "").Append('}');
                break;
        }
    }
}
