namespace AuthSidecar.Administration.Pages.Me;

/// <summary>What stands where a page's subject is unknown or another person's.</summary>
internal sealed record MissingView(string Title, string Text, string LinkText, string Href)
{
    public static MissingView Key { get; } =
        new("No such key", "None of your keys has this id. It may be another person's.", "Back to your keys", "/ui/me/api-keys");

    public static MissingView SentBefore { get; } =
        new(
            "This form was sent before",
            "Nothing was made this time. The key is in your list; its secret was shown once and cannot be shown again.",
            "Back to your keys",
            "/ui/me/api-keys"
        );

    public static MissingView Program { get; } =
        new("No such program", "None of your devices has this program.", "Back to your devices", "/ui/me/devices");

    public static MissingView Device { get; } =
        new("No such device", "None of your devices has this id. It may be another person's.", "Back to your devices", "/ui/me/devices");
}
