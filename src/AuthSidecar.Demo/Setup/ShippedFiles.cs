using System.Globalization;
using System.Text.RegularExpressions;
using AuthSidecar.Platform.Hosting;

namespace AuthSidecar.Demo.Setup;

/// <summary>The configurations of Envoy and the sidecar in envoy/, embedded in the assembly.</summary>
internal static partial class ShippedFiles
{
    private const int Admin = 9901;
    private const int Edge = 8080;
    private const string Check = "pipe: { path: /run/authsidecar/check.sock }";
    private const int Closer = 9004;
    private const int Relay = 9005;
    private const int Upstream = 9100;

    public static string Sidecar => Read("authsidecar.json");

    /// <summary>envoy.yaml with other addresses: the kernel chooses the ports of listeners; clusters get those given here.</summary>
    /// <param name="check">The address of Check: <c>unix:/path</c> or <c>http://HOST:PORT</c>.</param>
    /// <param name="closerPort">The port of the closer.</param>
    /// <param name="relayPort">The port of the relay.</param>
    /// <param name="upstreamPort">The port of the upstream.</param>
    public static string Envoy(string check, int closerPort, int relayPort, int upstreamPort)
    {
        var moves = new Dictionary<int, int>
        {
            [Admin] = 0,
            [Edge] = 0,
            [Closer] = closerPort,
            [Relay] = relayPort,
            [Upstream] = upstreamPort,
        };
        return PortValue()
            .Replace(Patient(Read("envoy.yaml")).Replace(Check, Address(check), StringComparison.Ordinal), match =>
                moves.TryGetValue(int.Parse(match.ValueSpan, CultureInfo.InvariantCulture), out var to)
                    ? to.ToString(CultureInfo.InvariantCulture)
                    : match.Value
            );
    }

    // The first Check of a cold process on a busy machine takes longer than a gateway should wait.
    private static string Patient(string config) =>
        config.Replace(
            "authority: authsidecar }\n                  timeout: 0.25s\n",
            "authority: authsidecar }\n                  timeout: 5s\n"
        );

    private static string Address(string check) =>
        ListenAddress.TryParse(check, out var address, out _) && address.SocketPath is { } path
            ? $"pipe: {{ path: {path} }}"
            : $"socket_address: {{ address: {new Uri(check).Host}, port_value: {new Uri(check).Port} }}";

    private static string Read(string name)
    {
        using var resource = typeof(ShippedFiles).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly.");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"(?<=\bport_value: )\d+")]
    private static partial Regex PortValue();
}
