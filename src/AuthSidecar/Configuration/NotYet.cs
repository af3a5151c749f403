using AuthSidecar.Hosting;
using AuthSidecar.Policies;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Configuration;

/// <summary>
/// What the configuration can say and this version cannot do. What would let more through than it says is an error; what only lets less through, or is merely absent, is a warning.
/// A feature that arrives takes its line away.
/// </summary>
internal static class NotYet
{
    private const string Refusal = "not in this version yet; remove it";
    private static readonly string _defaultCloser = new ListenOptions().Closer;

    public static void Check(Settings settings, Problems problems)
    {
        Warn(settings.Listen.Relay.Length > 0, "Listen:Relay", "not listened on by this version yet");
        Warn(settings.Telemetry.OtlpEndpoint.Length > 0, "Telemetry:OtlpEndpoint", "nothing is exported by this version yet");
        foreach (var key in SettingsDiff.Changed(new Settings { Usage = new UsageOptions() }, new Settings { Usage = settings.Usage }))
        {
            Warn(true, key, "usage is not recorded by this version yet");
        }

        Warn(settings.Listen.Closer.Length > 0 && settings.Listen.Closer != _defaultCloser, "Listen:Closer", "not listened on by this version yet");
        var limits = new LimitsOptions();
        Warn(settings.Limits.WebSocketsPerUser != limits.WebSocketsPerUser, "Limits:WebSocketsPerUser", "not enforced by this version yet");
        Warn(settings.Limits.WebSocketsPerReplica != limits.WebSocketsPerReplica, "Limits:WebSocketsPerReplica", "not enforced by this version yet");
        foreach (var (name, policy) in settings.Policies)
        {
            var path = $"Policies:{name}";
            Warn(policy.Relay.Length > 0, $"{path}:Relay", "not used by this version yet");
            Refuse(policy.MaxStreamDuration is not null, $"{path}:MaxStreamDuration", Refusal);
            Warn(policy.WsDeny == WebSocketDenial.Close, $"{path}:WsDeny", "close is not in this version yet: refused WebSockets are answered as with http");
        }

        void Refuse(bool isUsed, string path, string message)
        {
            if (isUsed)
            {
                problems.Error(path, message);
            }
        }

        void Warn(bool isUsed, string path, string message)
        {
            if (isUsed)
            {
                problems.Warn(path, message);
            }
        }
    }
}
