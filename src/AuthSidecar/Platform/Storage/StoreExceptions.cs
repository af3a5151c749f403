namespace AuthSidecar.Platform.Storage;

/// <summary>The store is unavailable or not usable. The message is for operators.</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Invalid settings of the store. The message is for operators.</summary>
internal sealed class StoreConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
