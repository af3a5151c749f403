namespace AuthSidecar.Platform.Storage;

/// <summary>The store does not answer, or cannot be used as it is. The message is for operators.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The settings of the store make no sense. The message is for operators.</summary>
internal sealed class StoreConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
