namespace AuthSidecar.Platform.Invalidation;

/// <summary>The permission service or issuer gave no usable answer. The message is for operators.</summary>
internal sealed class NoVerdictException(string message, Exception? inner = null) : Exception(message, inner);
