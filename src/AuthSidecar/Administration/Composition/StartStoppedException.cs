namespace AuthSidecar.Administration.Composition;

/// <summary>A signal stopped the process before it was ready.</summary>
internal sealed class StartStoppedException() : Exception("The process was stopped before it was ready.");
