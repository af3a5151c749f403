namespace AuthSidecar.Demo;

/// <summary>The options of a run.</summary>
/// <param name="Stay">Keeps everything running until a stop signal.</param>
/// <param name="Fetch">Downloads Envoy when none is installed.</param>
/// <param name="Json">Prints one JSON document instead of the table.</param>
internal sealed record DemoSwitches(bool Stay, bool Fetch, bool Json);
