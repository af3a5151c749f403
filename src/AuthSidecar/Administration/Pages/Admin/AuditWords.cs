using System.Globalization;
using System.Text.Json;
using AuthSidecar.Administration.Reports;
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
    private const char Separator = ':';
    private const string UserId = "userId";

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

    /// <summary>By name where there is one, else by id, in which ids of users are names.</summary>
    public static string Target(AuditEvent row, Names names) =>
        row switch
        {
            { TargetKind: "session" or "groupmember" or "member" or "budget", TargetId: { } id } => string.Join(
                Separator + " ",
                id.Split(Separator).Select(names.User)
            ),
            _ => row.TargetName ?? row.TargetId ?? Formats.None,
        };

    /// <summary>Ids of users in an event.</summary>
    public static IEnumerable<string> Users(AuditEvent row) =>
        (row.TargetId ?? "")
            .Split(Separator)
            .Append(Read(row.Before).GetValueOrDefault(UserId))
            .Append(Read(row.After).GetValueOrDefault(UserId))
            .Where(text => Guid.TryParse(text, out _))
            .Select(text => text!);

    /// <summary>The values that differ, in the order of the event.</summary>
    public static IEnumerable<ValueChange> Changes(AuditEvent row, Names names)
    {
        var (before, after) = (Read(row.Before), Read(row.After));
        return before
            .Keys.Union(after.Keys, StringComparer.Ordinal)
            .Where(name => before.GetValueOrDefault(name) != after.GetValueOrDefault(name))
            .Select(name => new ValueChange(Words(name), Value(name, before), Value(name, after)));

        string? Value(string name, Dictionary<string, string?> values) =>
            values.GetValueOrDefault(name) switch
            {
                null => null,
                { } id when name == UserId => names.User(id),
                { } micros
                    when row.TargetKind is "budget" or "price" && long.TryParse(micros, CultureInfo.InvariantCulture, out var known) =>
                    PricesModel.Money(known),
                var text => text,
            };
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

    /// <summary>"cachedRead" as "cached read"; a user's id is shown as a name, and a limit as money.</summary>
    private static string Words(string name) =>
        name switch
        {
            UserId => "user",
            "limitMicros" => "limit",
            _ => Spaced(name),
        };

    private static string Spaced(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : letter.ToString()));
}
