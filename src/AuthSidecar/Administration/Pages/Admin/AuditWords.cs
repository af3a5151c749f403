using System.Text.Json;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Pages.Admin;

/// <param name="Name">Name of the value, in words.</param>
/// <param name="Before">Null: there was none.</param>
/// <param name="After">Null: there is none.</param>
internal sealed record ValueChange(string Name, string? Before, string? After);

/// <summary>Events of the audit trail in a person's words.</summary>
internal static class AuditWords
{
    private const int LongestValue = 120;

    public static string Actor(AuditEvent row) =>
        row.ActorKind switch
        {
            ActorKind.Session => row.ActorName,
            ActorKind.Key => $"{row.ActorName} by key",
            ActorKind.Command => $"{row.ActorName} on the command line",
            ActorKind.Master => "the master key",
            _ => "AuthSidecar itself",
        };

    /// <summary>"key revoked".</summary>
    public static string Action(AuditEvent row) =>
        row.Action.Replace("groupmember", "member of group", StringComparison.Ordinal).Replace('.', ' ');

    public static string Target(AuditEvent row) => row.TargetName ?? row.TargetId ?? Formats.None;

    /// <summary>The values that differ, in the order of the event.</summary>
    public static IEnumerable<ValueChange> Changes(AuditEvent row)
    {
        var (before, after) = (Read(row.Before), Read(row.After));
        return before
            .Keys.Union(after.Keys, StringComparer.Ordinal)
            .Select(name => new ValueChange(Words(name), before.GetValueOrDefault(name), after.GetValueOrDefault(name)))
            .Where(change => change.Before != change.After);
    }

    private static Dictionary<string, string?> Read(string? json)
    {
        try
        {
            using var document = JsonDocument.Parse(json ?? "{}");
            return document.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => Text(member.Value));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static string? Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? null
        : value.ToString() is { Length: > LongestValue } text ? $"{text[..LongestValue]}…"
        : value.ToString() is { Length: > 0 } given ? given
        : null;

    /// <summary>"limitMicros" as "limit micros".</summary>
    private static string Words(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : letter.ToString()));
}
