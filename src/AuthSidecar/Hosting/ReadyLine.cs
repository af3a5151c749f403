using AuthSidecar.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace AuthSidecar.Hosting;

/// <summary>The one line that says where the process listens: <c>ready check=ADDRESS companion=ADDRESS console=ADDRESS</c>.</summary>
internal static class ReadyLine
{
    public static string For(IServer server, Settings settings)
    {
        var bound = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var doors = Listeners.Open(settings.Listen).Zip(bound, (door, address) => $"{door.Listener.ToString().ToLowerInvariant()}={Shown(address)}");
        return $"ready {string.Join(' ', doors)}";
    }

    private static string Shown(string address) => address.StartsWith("http://unix:", StringComparison.Ordinal) ? address["http://".Length..] : address;
}
