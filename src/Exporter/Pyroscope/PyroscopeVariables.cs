namespace SelfProfiler.Exporter.Pyroscope;

/// <summary>Pyroscope's variables that have to make room when configuration or code say something else.</summary>
internal static class PyroscopeVariables
{
    public static void Credentials(PyroscopeExporterOptions options, string? user, string? password, string? token)
    {
        options.BasicAuthUser = user;
        options.BasicAuthPassword = password;
        options.BearerToken = user is null ? token : null;
        options.Layer.AtTheEnd(() => Settle(options, user, password, token));
    }

    public static void Labels(PyroscopeExporterOptions options, string? list)
    {
        var labels = new List<KeyValuePair<string, string>>();
        foreach (var pair in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // The .NET client divides with a colon, the others with an equals sign.
            var at = pair.AsSpan().IndexOfAny(':', '=');
            if (at > 0)
            {
                labels.Add(new(pair[..at].Trim(), pair[(at + 1)..].Trim()));
                options.Labels[labels[^1].Key] = labels[^1].Value;
            }
            else
            {
                options.Layer.AtTheEnd(() => $"PYROSCOPE_LABELS: \"{pair}\" is ignored, for it is no pair of name and value.");
            }
        }

        options.Layer.AtTheEnd(() => MakeRoom(options, labels));
    }

    /// <summary>Whoever signs in by configuration or code does not sign in by a variable too.</summary>
    private static string? Settle(PyroscopeExporterOptions options, string? user, string? password, string? token)
    {
        if (options is { BearerToken: not null, BasicAuthUser: not null })
        {
            if (user is null && options.BearerToken == token)
            {
                options.BearerToken = null;
            }
            else if (options.BasicAuthUser == user)
            {
                options.BasicAuthUser = null;
            }
        }

        if (options is { BasicAuthUser: null, BasicAuthPassword: { } lone } && lone == password)
        {
            options.BasicAuthPassword = null;
            return options.BearerToken is null ? "PYROSCOPE_BASIC_AUTH_PASSWORD is ignored: there is no user to it." : null;
        }

        if (options is { BasicAuthPassword: null, BasicAuthUser: { } alone } && alone == user)
        {
            options.BasicAuthUser = null;
            options.BearerToken = token;
            return "PYROSCOPE_BASIC_AUTH_USER is ignored: there is no password to it.";
        }

        return null;
    }

    private static string? MakeRoom(PyroscopeExporterOptions options, List<KeyValuePair<string, string>> labels)
    {
        var left = new List<string>();
        for (var i = labels.Count - 1; i >= 0 && options.Labels.Count > HttpExporterOptions.MostLabels; i--)
        {
            if (options.Labels.Contains(labels[i]) && options.Labels.Remove(labels[i].Key))
            {
                left.Insert(0, labels[i].Key);
            }
        }

        return left.Count == 0
            ? null
            : $"PYROSCOPE_LABELS: {string.Join(", ", left)} left out, for an exporter has {HttpExporterOptions.MostLabels} labels at most.";
    }
}
