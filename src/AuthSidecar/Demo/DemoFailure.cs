namespace AuthSidecar.Demo;

/// <summary>The demo cannot go on; the message is for whoever started it.</summary>
internal sealed class DemoFailure(string message) : Exception(message);
