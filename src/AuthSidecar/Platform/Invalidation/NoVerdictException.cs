namespace AuthSidecar.Platform.Invalidation;

/// <summary>The deciding service gave no usable answer. The message is for operators.</summary>
internal sealed class NoVerdictException(string message, Exception? inner = null) : Exception(message, inner);
