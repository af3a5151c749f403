using AuthSidecar.Pipeline;
using AuthSidecar.Storage;
using AuthSidecar.Usage;

namespace AuthSidecar.Recording;

/// <summary>What an interception is as a row of usage: its id without the dashes, so that one who uses a decision's id for it adds to that decision's row.</summary>
internal static class RecordedUsage
{
    private const string ClientLeft = "client_disconnect";

    /// <param name="interception">As it is stored.</param>
    /// <param name="key">Its key, or null: not known here.</param>
    /// <param name="purses">As <see cref="UsageRow.Purses"/>.</param>
    /// <param name="userAgent">Which program it is where nothing else says it.</param>
    public static UsageRow Start(Interception interception, ApiKey? key, string? purses, string userAgent)
    {
        var part = Part(interception);
        part.KeyId = interception.ApiKeyId;

        part.KeyLine = key?.LineId;
        part.UserId = PersonOf(interception, key);
        part.Purses = part.UserId == interception.InitiatorId ? purses : null;
        part.Tenant = key?.Tenant;
        part.Provider = NullIfEmpty(interception.ProviderName);
        part.Model = RowText.Name(interception.Model);
        part.Mode = interception.CredentialKind;
        part.Client = interception.Client ?? ClientNames.Of(userAgent);
        return part;
    }

    /// <param name="interception">With its end.</param>
    public static UsageRow End(Interception interception)
    {
        var part = Part(interception);
        part.DurationMs = (long)(interception.EndedAt!.Value - interception.StartedAt).TotalMilliseconds;
        part.ErrorType = interception.ErrorType;
        part.Facts |= UsageFacts.Ended | (interception switch
        {
            { ErrorType: null, ErrorMessage: null } => UsageFacts.None,
            { ErrorType: ClientLeft } => UsageFacts.ClientLeft,
            _ => UsageFacts.UpstreamFailed,
        });
        return part;
    }

    /// <param name="interception">Whose they are.</param>
    /// <param name="sums">Of all its records so far.</param>
    public static UsageRow Tokens(Interception interception, TokenSums sums)
    {
        var part = Part(interception);
        part.InputTokens = sums.Input;
        part.OutputTokens = sums.Output;
        part.CachedReadTokens = sums.CacheRead;
        part.CachedWriteTokens = sums.CacheWrite;
        part.Facts |= UsageFacts.HasUsage;
        return part;
    }

    /// <summary>What one record costs by itself.</summary>
    public static UsageRow ToPrice(Interception interception, TokenUsage record)
    {
        var sums = new TokenSums();
        sums.Add(record, record);
        var part = Tokens(interception, sums);
        part.Provider = NullIfEmpty(interception.ProviderName);
        part.Model = NullIfEmpty(interception.Model);
        return part;
    }

    // A service's key has an owner, but what it spends is not that person's; who is known to an issuer alone has no id here.
    private static string? PersonOf(Interception interception, ApiKey? key) => key switch
    {
        { Subject: SubjectType.Service } => null,
        { Format: KeyFormat.Ase, ExternalIssuer: { } issuer, ExternalSubject: { } subject } => ExternalPerson.Of(issuer, subject),
        _ => interception.InitiatorId,
    };

    private static UsageRow Part(Interception interception) => new()
    {
        DecisionId = interception.Id.Replace("-", "", StringComparison.Ordinal),
        Time = interception.StartedAt,
        Facts = UsageFacts.Recorded,
    };

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
