using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>
/// The dynamic metadata of every answer, by which Envoy's logs and filters know the decision: always seven keys, unknown is an empty
/// string; <c>key_line</c>, <c>ws</c> and <c>usage</c> only where they are said. The writer adds their MAC.
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
                ["reason"] = Value.ForString(decision.Refusal?.Reason ?? ""),
                ["key_id"] = Value.ForString(context.Identity?.KeyId ?? ""),
                ["subject"] = Value.ForString(context.Identity?.Subject ?? ""),
                ["auth_mode"] = Value.ForString(AuthMode(context)),
                ["policy"] = Value.ForString(context.ChosenPolicy?.Name ?? ""),
            },
        };

        // What ends is told of by the key; budgets and sockets are the line's.
        if (context.Identity?.LineId is { } line)
        {
            metadata.Fields["key_line"] = Value.ForString(line);
        }

        // Routes with a closer as their default match this before the application's route.
        if (decision is Decision.Allow && context.Kind.HasFlag(RequestKind.WebSocket))
        {
            metadata.Fields["ws"] = Value.ForString("allow");
        }

        // What Envoy's log says of it is no row either.
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
            return AuthenticationMode.Byok.ToName();
        }

        return context.Credential is null && context.Delegation is null ? "" : AuthenticationMode.Centralized.ToName();
    }
}
