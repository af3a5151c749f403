namespace AuthSidecar.Demo.Workspace;

/// <summary>The demo cannot continue; the message is shown to the user.</summary>
internal sealed class DemoFailure(string message) : Exception(message);
