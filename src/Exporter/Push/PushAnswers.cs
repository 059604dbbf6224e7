using System.Text;

namespace SelfProfiler.Exporter.Push;

/// <summary>What an HTTP status means where servers agree.</summary>
internal static class PushAnswers
{
    /// <param name="server">The server's name in sentences.</param>
    /// <param name="answer">What came back.</param>
    /// <param name="retries">Statuses that mean "later".</param>
    /// <param name="takes">Whether a 2xx answer is really this server's: a proxy's login page is none.</param>
    public static ExportResult Judge(string server, PushAnswer answer, Func<int, bool> retries, Func<PushAnswer, bool> takes)
    {
        if (answer.Status is >= 200 and < 300)
        {
            return takes(answer)
                ? ExportResult.Delivered
                : new ExportResult(ExportOutcome.Rejected, $"The answer ({answer.Status}, {Shown(answer.ContentType)}) is not {server}'s: is the address right?");
        }

        var said = Said(answer);
        return answer.Status switch
        {
            >= 300 and < 400 => new ExportResult(ExportOutcome.Rejected, $"{server} answered {answer.Status}: redirects are not followed, give the final address."),
            401 or 403 => new ExportResult(ExportOutcome.Rejected, $"{server} answered {answer.Status}: the credentials or the tenant are not accepted.{said}"),
            404 => new ExportResult(ExportOutcome.Rejected, $"{server} answered 404: is the address right?{said}"),
            413 => new ExportResult(ExportOutcome.Rejected, $"{server} or a proxy before it answered 413: it takes only smaller bodies.{said}"),
            _ when retries(answer.Status) => new ExportResult(ExportOutcome.Retry, $"{server} answered {answer.Status}.{said}"),
            _ => new ExportResult(ExportOutcome.Rejected, $"{server} answered {answer.Status}.{said}"),
        };
    }

    /// <summary>The first line of a text or JSON answer, for the sentence in the status.</summary>
    private static string Said(PushAnswer answer)
    {
        if (!answer.ContentType.StartsWith("text/plain", StringComparison.Ordinal) && !answer.ContentType.Contains("json", StringComparison.Ordinal))
        {
            return "";
        }

        var text = new string([.. Encoding.UTF8.GetString(answer.Body).Where(c => !char.IsControl(c)).Take(200)]).Trim();
        return text.Length == 0 ? "" : $" It says: {text}";
    }

    private static string Shown(string contentType) => contentType.Length == 0 ? "without a content type" : contentType;
}
