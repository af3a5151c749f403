using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>One request and its response, as recorded by a service.</summary>
internal sealed class Interception
{
    /// <summary>UUID, lower case with dashes.</summary>
    public required string Id { get; init; }

    public required string InitiatorId { get; init; }
    public required string ApiKeyId { get; init; }
    public required string Provider { get; init; }
    public required string ProviderName { get; init; }
    public required string Model { get; init; }

    /// <summary>JSON object.</summary>
    public required string Metadata { get; init; }

    public string? Client { get; init; }
    public string? ClientSessionId { get; init; }

    /// <summary>The interception whose tool call this one answers, and the first of that thread.</summary>
    public string? ParentId { get; init; }

    public string? RootId { get; init; }
    public required string CredentialKind { get; init; }
    public string? CredentialHint { get; set; }
    public string? FirewallSessionId { get; init; }
    public int? FirewallSequence { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? ErrorType { get; set; }
    public string? ErrorMessage { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<Interception>
    {
        public void Configure(EntityTypeBuilder<Interception> builder)
        {
            builder.HasKey(interception => interception.Id);
            builder.HasIndex(interception => interception.StartedAt);
        }
    }
}
