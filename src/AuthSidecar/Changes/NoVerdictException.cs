using AuthSidecar.Pipeline;

namespace AuthSidecar.Changes;

/// <summary>Whoever decides gave no answer that could count. The message is for operators.</summary>
internal sealed class NoVerdictException(Denial denial, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the client is told.</summary>
    public Denial Denial { get; } = denial;
}
