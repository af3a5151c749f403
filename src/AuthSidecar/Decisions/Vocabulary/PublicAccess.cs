namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Capability of a public policy: the only way to an Allow without a caller.</summary>
internal sealed class PublicAccess
{
    private PublicAccess() { }

    public static PublicAccess? For(bool isPublic) => isPublic ? new() : null;
}
