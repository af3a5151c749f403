namespace AuthSidecar.Demo;

/// <summary>How the demo was asked for.</summary>
/// <param name="Stay">Keeps everything running until it is told to stop.</param>
/// <param name="Fetch">Downloads Envoy where there is none.</param>
/// <param name="Json">Prints one JSON document instead of the table.</param>
internal sealed record DemoSwitches(bool Stay, bool Fetch, bool Json);
