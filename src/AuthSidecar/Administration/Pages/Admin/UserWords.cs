using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Users in a person's words.</summary>
internal static class UserWords
{
    /// <summary>The choices of a filter, "Any" first.</summary>
    public static IReadOnlyList<SelectListItem> Statuses { get; } =
    [new("Any", ""), .. Enum.GetValues<UserStatus>().Select(status => new SelectListItem(Status(status).Word, Name(status)))];

    public static IReadOnlyList<SelectListItem> Roles { get; } =
    [new("Any", ""), .. Enum.GetValues<UserRole>().Select(role => new SelectListItem(Role(role), Name(role)))];

    public static (Tone Tone, string Word) Status(UserStatus status) =>
        status switch
        {
            UserStatus.Active => (Tone.Good, "Active"),
            UserStatus.Suspended => (Tone.Bad, "Disabled"),
            UserStatus.Dormant => (Tone.Neutral, "Dormant"),
            _ => (Tone.Neutral, "Deleted"),
        };

    public static string Role(UserRole role) => role == UserRole.Admin ? "Administrator" : "User";

    /// <summary>Null for no value, and for a text that names none.</summary>
    public static T? Find<T>(string? name)
        where T : struct, Enum => Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => Name(value!.Value) == name);

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
