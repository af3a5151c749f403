using System.Diagnostics.CodeAnalysis;

namespace AuthSidecar.Administration.Client;

/// <summary>Address of a sidecar's console: https, or http to this machine only, since a token goes over it.</summary>
internal static class ServerAddress
{
    public const string Rule = "must be an address such as https://keys.example.com, without a path; http:// only to this machine";

    /// <param name="text">As given on the command line.</param>
    /// <param name="server">Its origin, with a slash at the end.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? server)
    {
        server =
            Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && IsSecure(uri)
            && uri is { UserInfo: "", Fragment: "", PathAndQuery: "/" }
            && !text.Contains('?', StringComparison.Ordinal)
                ? new(uri.GetLeftPart(UriPartial.Authority) + "/")
                : null;
        return server is not null;
    }

    /// <summary>The name of a server in files and messages: its origin without a slash.</summary>
    public static string NameOf(Uri server) => server.GetLeftPart(UriPartial.Authority);

    /// <summary>True for https, and for http to this machine.</summary>
    public static bool IsSecure(Uri uri) => uri.Scheme == "https" || uri is { Scheme: "http", IsLoopback: true };
}
