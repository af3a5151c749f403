using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.Keys;

/// <summary>A person known only to an external identity provider.</summary>
internal sealed record ExternalIdentity(string Issuer, string Subject)
{
    /// <summary>The form that keys, budgets and usage can hold.</summary>
    public bool IsValid => Issuer.Length > 0 && !Issuer.Contains(ExternalPerson.Separator, StringComparison.Ordinal) && Subject.Length > 0;
}
