using System.Globalization;
using System.Text.RegularExpressions;

namespace AuthSidecar.Demo;

/// <summary>The project's own files for Envoy and the sidecar, as they lie in envoy/.</summary>
internal static partial class ShippedFiles
{
    private const int Admin = 9901;
    private const int Listener = 8080;
    private const int Check = 9001;
    private const int Closer = 9004;
    private const int Relay = 9005;
    private const int Upstream = 9100;

    public static string Sidecar => Read("authsidecar.json");

    /// <summary>envoy.yaml with its ports moved: what Envoy listens on to the kernel's choice, what it talks to to where that is.</summary>
    public static string Envoy(int checkPort, int closerPort, int relayPort, int upstreamPort)
    {
        var moves = new Dictionary<int, int> { [Admin] = 0, [Listener] = 0, [Check] = checkPort, [Closer] = closerPort, [Relay] = relayPort, [Upstream] = upstreamPort };
        return PortValue().Replace(Read("envoy.yaml"), match =>
            moves.TryGetValue(int.Parse(match.ValueSpan, CultureInfo.InvariantCulture), out var to) ? to.ToString(CultureInfo.InvariantCulture) : match.Value);
    }

    private static string Read(string name)
    {
        using var resource = typeof(ShippedFiles).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"(?<=\bport_value: )\d+")]
    private static partial Regex PortValue();
}
