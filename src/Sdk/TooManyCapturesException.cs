namespace SelfProfiler;

/// <summary>As many captures run as are allowed; the message says what to do.</summary>
public sealed class TooManyCapturesException : InvalidOperationException
{
    /// <summary>Creates the exception without a message of its own.</summary>
    public TooManyCapturesException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What to do.</param>
    public TooManyCapturesException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What to do.</param>
    /// <param name="innerException">Its cause.</param>
    public TooManyCapturesException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
