using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using SelfProfiler.Labels;

namespace SelfProfiler.AspNetCore;

/// <summary>Lets samples know which request they belong to, and how the request ended.</summary>
internal sealed class RequestLabels(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        Activity.Current is { } activity ? WithActivityAsync(context, activity) : WithoutActivityAsync(context);

    /// <summary>The activity is followed already; only the outcome is missing.</summary>
    private Task WithActivityAsync(HttpContext context, Activity activity)
    {
        RequestScope.Join(activity);
        var task = next(context);
        if (!task.IsCompletedSuccessfully)
        {
            return FinishAsync(task, context);
        }

        RequestScope.SetStatus(context.Response.StatusCode);
        return task;
    }

    /// <summary>Async, so that what the scope sets is undone for the caller.</summary>
    private async Task WithoutActivityAsync(HttpContext context)
    {
        // Without an activity nobody has read the caller's header. Reading it changes nothing about what the application sends on.
        var header = context.Request.Headers.TraceParent;
        using var scope = RequestScope.Begin(header.Count == 1 ? header[0] : null);
        await FinishAsync(next(context), context);
    }

    private static async Task FinishAsync(Task task, HttpContext context)
    {
        try
        {
            await task;
            RequestScope.SetStatus(context.Response.StatusCode);
        }
        catch
        {
            // The server answers 500 unless something else has been sent already.
            RequestScope.SetStatus(context.Response.HasStarted ? context.Response.StatusCode : StatusCodes.Status500InternalServerError);
            throw;
        }
    }
}
