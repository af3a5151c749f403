using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Keys in a person's words.</summary>
internal static class KeyWords
{
    /// <summary>How a person calls the key: by its name, else by its id.</summary>
    public static string Name(ApiKey key) => key.Name ?? key.DeviceLabel ?? key.Id;

    public static string Models(ApiKey key) => key.Models.Length == 0 ? "all" : key.Models;

    public static (Tone Tone, string Word) Status(ApiKey key, DateTimeOffset now)
    {
        var status = KeyStatuses.Of(key, now);
        return (Tone(status), Word(status));
    }

    public static bool IsUsable(ApiKey key, DateTimeOffset now) => KeyStatuses.Of(key, now) is KeyStatus.Active or KeyStatus.Expiring;

    /// <summary>The choices of a filter, "Any" first.</summary>
    public static IReadOnlyList<SelectListItem> Statuses { get; } =
    [new("Any", ""), .. Enum.GetValues<KeyStatus>().Select(status => new SelectListItem(Word(status), KeyStatuses.NameOf(status)))];

    /// <summary>Null for no status, and for a text that names none.</summary>
    public static KeyStatus? FindStatus(string? name) =>
        Enum.GetValues<KeyStatus>().Cast<KeyStatus?>().FirstOrDefault(status => KeyStatuses.NameOf(status!.Value) == name);

    private static string Word(KeyStatus status) =>
        status switch
        {
            KeyStatus.Active => "Active",
            KeyStatus.Expiring => "Expires soon",
            KeyStatus.Expired => "Expired",
            _ => "Revoked",
        };

    private static Tone Tone(KeyStatus status) =>
        status switch
        {
            KeyStatus.Active => Parts.Tone.Good,
            KeyStatus.Expiring => Parts.Tone.Warning,
            KeyStatus.Expired => Parts.Tone.Neutral,
            _ => Parts.Tone.Bad,
        };
}
