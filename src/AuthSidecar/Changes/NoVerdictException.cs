namespace AuthSidecar.Changes;

/// <summary>Whoever decides gave no answer that could count. The message is for operators.</summary>
internal sealed class NoVerdictException(string message, Exception? inner = null) : Exception(message, inner);
