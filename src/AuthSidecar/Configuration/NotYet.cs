using AuthSidecar.Authentication;
using AuthSidecar.Policies;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Configuration;

/// <summary>What the configuration can say and this version cannot do: refused rather than silently left out. A feature that arrives takes its line away.</summary>
internal static class NotYet
{
    private const string Refusal = "not in this version yet; remove it";

    public static void Check(Settings settings, Problems problems)
    {
        Refuse(settings.Store.Provider == "postgres", "Store:Provider", "postgres is not in this version yet; use sqlite");
        Refuse(settings.Redis.ConnectionString is not null, "Redis:ConnectionString", "Redis is not used by this version yet; remove it and run one replica");
        Refuse(settings.Auth.Mode != AuthMode.Users, "Auth:Mode", "legacy and both are not in this version yet; use users");
        Refuse(settings.Listen.Relay.Length > 0, "Listen:Relay", Refusal);
        Refuse(settings.Apps.AclUri.Length > 0, "Apps:AclUri", Refusal);
        Refuse(settings.Apps.HideForeign, "Apps:HideForeign", Refusal);
        Refuse(settings.Telemetry.OtlpEndpoint.Length > 0, "Telemetry:OtlpEndpoint", Refusal);
        foreach (var key in SettingsDiff.Changed(new Settings { Usage = new UsageOptions() }, new Settings { Usage = settings.Usage }))
        {
            Refuse(true, key, "usage is not recorded by this version yet; remove it");
        }

        for (var index = 0; index < settings.Jwt.Count; index++)
        {
            Refuse(true, $"Jwt:{index}", "ID tokens are not accepted by this version yet; remove the entry");
        }

        problems.Warn("Limits", "rate limits are not enforced by this version yet: no request is refused with 429");
        foreach (var (name, policy) in settings.Policies)
        {
            var path = $"Policies:{name}";
            Refuse(policy.App.Length > 0, $"{path}:App", Refusal);
            Refuse(policy.Acl != AclStrategy.Membership, $"{path}:Acl", Refusal);
            Refuse(policy.Relay.Length > 0, $"{path}:Relay", Refusal);
            Refuse(policy.Assertion, $"{path}:Assertion", Refusal);
            Refuse(policy.Models.Count > 0, $"{path}:Models", Refusal);
            Refuse(policy.Shadow, $"{path}:Shadow", Refusal);
            Warn(policy.Limit is not null, $"{path}:Limit", "not enforced by this version yet");
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
