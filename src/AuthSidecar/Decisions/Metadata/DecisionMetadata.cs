using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>
/// The dynamic metadata of a decision for Envoy's logs and filters: seven fields, empty where unknown, and <c>key_line</c>, <c>ws</c>,
/// <c>parallel</c> and <c>usage</c> where they apply. The writer adds the MAC.
/// </summary>
internal static class DecisionMetadata
{
    public static Struct For(CheckContext context, Decision decision)
    {
        var metadata = new Struct
        {
            Fields =
            {
                ["decision_id"] = Value.ForString(context.DecisionId),
                ["decision"] = Value.ForString(decision.Name),
                ["reason"] = Value.ForString(decision.Denial?.Reason ?? ""),
                ["key_id"] = Value.ForString(context.LoggedIdentity?.KeyId ?? ""),
                ["subject"] = Value.ForString(context.LoggedIdentity?.Subject ?? ""),
                ["auth_mode"] = Value.ForString(AuthMode(context)),
                ["policy"] = Value.ForString(context.ChosenPolicy?.Name ?? ""),
            },
        };

        // Usage rows name the key; budgets and sockets belong to its line.
        if (context.LoggedIdentity?.LineId is { } line)
        {
            metadata.Fields["key_line"] = Value.ForString(line);
        }

        // Where the closer is the default route, Envoy's route to the application matches on this field.
        if (decision is Decision.Allow && context.Kind.HasFlag(RequestKind.WebSocket))
        {
            metadata.Fields["ws"] = Value.ForString("allow");
        }

        // The access log reports the end of this request, perhaps to another replica.
        if (decision is Decision.Allow && context.RequestLease is not null)
        {
            metadata.Fields["parallel"] = Value.ForString("counted");
        }

        // Envoy's access log entry of this request must not become a usage row.
        if (context.IsCounted)
        {
            metadata.Fields["usage"] = Value.ForString("counted");
        }

        return metadata;
    }

    public static string AuthMode(CheckContext context)
    {
        if (context.IsByok)
        {
            return AuthenticationMode.Byok.ToWireName();
        }

        return context.Credential is null && context.Delegation is null ? "" : AuthenticationMode.Centralized.ToWireName();
    }
}
