using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Upstream;

/// <summary>Collects the client's headers, other than known ones, that must not be forwarded.</summary>
internal static class ClientHeaders
{
    /// <param name="headers">Receives the names of these headers.</param>
    /// <param name="name">Lower-case name of a header that is not a <see cref="KnownHeader"/>.</param>
    public static void Sort(RequestHeaders headers, ReadOnlySpan<char> name)
    {
        // Skips the x-stainless-* headers of SDKs, up to eight per request; no reserved or private name starts with "x-st".
        if (name is ['x', '-', 's', 't', ..])
        {
            return;
        }

        if (IdentityHeaders.IsReserved(name))
        {
            headers.AddForged(name.ToString());
        }
        else if (PrivateHeaders.Find(name) != PrivateHeader.None)
        {
            headers.AddPrivate(name.ToString());
        }
    }
}
