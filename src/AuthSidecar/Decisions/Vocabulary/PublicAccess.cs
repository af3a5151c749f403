namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>The mark of a public policy: the one way to pass without a caller. Only a policy that says so can hand it out.</summary>
internal sealed class PublicAccess
{
    private PublicAccess() { }

    public static PublicAccess? For(bool isPublic) => isPublic ? new() : null;
}
