using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Decisions.Metadata;

/// <summary>The dynamic metadata of one decision, as Envoy passes it on. Unknown values are empty.</summary>
/// <param name="Id">The decision's id.</param>
/// <param name="Decision"><c>allow</c>, <c>deny</c> or <c>close</c>.</param>
/// <param name="KeyId">Id of the key that authenticated.</param>
/// <param name="Mode"><c>centralized</c> or <c>byok</c>.</param>
/// <param name="Policy">Name of the policy.</param>
internal sealed record DecisionFacts(string Id, string Decision, string KeyId, string Mode, string Policy)
{
    public static DecisionFacts None { get; } = new("", "", "", "", "");

    public string Reason { get; init; } = "";

    public string Subject { get; init; } = "";

    /// <summary>The key line of a rotated key; empty: the key itself is its line.</summary>
    public string KeyLine { get; init; } = "";

    /// <summary><c>allow</c> for an allowed WebSocket.</summary>
    public string Socket { get; init; } = "";

    /// <summary><c>counted</c> for a denial that was counted with others and has no usage row.</summary>
    public string Usage { get; init; } = "";

    /// <summary><c>counted</c> for an allowed request that counts among the caller's running ones until its end.</summary>
    public string Parallel { get; init; } = "";

    /// <summary>Hexadecimal digits, from <see cref="DecisionMac"/>.</summary>
    public string Mac { get; init; } = "";

    public static DecisionFacts Of(Struct metadata) =>
        new(
            Text(metadata, "decision_id"),
            Text(metadata, "decision"),
            Text(metadata, "key_id"),
            Text(metadata, "auth_mode"),
            Text(metadata, "policy")
        )
        {
            Reason = Text(metadata, "reason"),
            Subject = Text(metadata, "subject"),
            KeyLine = Text(metadata, "key_line"),
            Socket = Text(metadata, "ws"),
            Usage = Text(metadata, "usage"),
            Parallel = Text(metadata, "parallel"),
            Mac = Text(metadata, DecisionMac.Field),
        };

    private static string Text(Struct metadata, string name) => metadata.Fields.TryGetValue(name, out var value) ? value.StringValue : "";
}
