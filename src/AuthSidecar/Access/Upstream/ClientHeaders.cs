using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Upstream;

/// <summary>Sorts the headers that decide nothing: most go on, some must not.</summary>
internal static class ClientHeaders
{
    /// <param name="headers">Receives the names of those that must not.</param>
    /// <param name="name">Lower-case name of a header that is no <see cref="KnownHeader"/>.</param>
    public static void Sort(RequestHeaders headers, ReadOnlySpan<char> name)
    {
        // The x-stainless-* headers of SDKs, up to eight in a request: no name that matters begins like them.
        if (name is ['x', '-', 's', ..])
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
