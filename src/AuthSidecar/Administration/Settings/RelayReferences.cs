using AuthSidecar.Platform.Configuration;
using AuthSidecar.WebSockets.Relay;

namespace AuthSidecar.Administration.Settings;

/// <summary>Checks the relay's listener against the policies with <c>Relay</c>.</summary>
internal static class RelayReferences
{
    public static void Check(SidecarSettings settings, ConfigurationErrors problems)
    {
        var isOpen = settings.Listen.Relay.Length > 0;
        if (isOpen && settings.Policies.Values.All(policy => policy.Relay.Length == 0))
        {
            problems.Warn("Listen:Relay", "is set, but no policy has Relay, so every WebSocket there is denied");
        }

        foreach (var (name, policy) in settings.Policies.Where(entry => entry.Value.Relay.Length > 0))
        {
            var path = $"Policies:{name}:Relay";
            if (!isOpen)
            {
                problems.Warn(path, "has no effect, because Listen:Relay is empty");
            }

            RelayRules.Check(path, policy, problems);
        }
    }
}
