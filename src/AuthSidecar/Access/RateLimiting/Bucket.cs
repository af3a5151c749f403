using System.Globalization;
using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>The owner of a bucket. The order of the members is the locking order.</summary>
internal enum BucketKind
{
    /// <summary>A key, however it was presented.</summary>
    Key,

    /// <summary>A subject whose credential has no id.</summary>
    Subject,
    User,
    Tenant,

    /// <summary>Failed authentications of an address.</summary>
    Address,

    /// <summary>Failed logins with one name from one address.</summary>
    LoginPair,

    /// <summary>Failed logins from one address.</summary>
    LoginAddress,

    /// <summary>Failed logins with one name.</summary>
    LoginName,

    /// <summary>Codes of devices that were looked up from one address.</summary>
    DeviceLookup,

    /// <summary>The same from one network of addresses.</summary>
    DeviceLookupNetwork,

    /// <summary>Decisions about devices, and wrong codes, in one session.</summary>
    DeviceDecision,

    /// <summary>Grants that devices of one address started.</summary>
    DeviceStart,

    /// <summary>The same from one network of addresses.</summary>
    DeviceStartNetwork,

    /// <summary>Sign-ins at a provider, begun from one address to approve a device.</summary>
    DeviceSignIn,

    /// <summary>The same from one network of addresses.</summary>
    DeviceSignInNetwork,
}

/// <summary>Identifies a bucket.</summary>
/// <param name="Kind">Kind of <paramref name="Owner"/>.</param>
/// <param name="Policy">The policy with a limit of its own; empty: shared by all others.</param>
/// <param name="Owner">Id of the key, user or tenant, or the subject.</param>
/// <param name="Model">Glob of the models that count; empty: all.</param>
internal readonly record struct BucketName(BucketKind Kind, string Policy, string Owner, string Model = "")
{
    /// <summary>Names the bucket among all others; the lengths keep model, policy and owner apart.</summary>
    public string Key =>
        Model.Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{KindText}:{Policy.Length}:{Policy}:{Owner}")
            : string.Create(CultureInfo.InvariantCulture, $"model:{Model.Length}:{Model}:{KindText}:{Policy.Length}:{Policy}:{Owner}");

    /// <summary>The kind in a sentence, such as <c>user</c>.</summary>
    public string KindText => Kind.ToString().ToLowerInvariant();

    /// <summary>For the client: whom the limit concerns, such as <c>each key</c>.</summary>
    public string Each => $"each {KindText}{OfModels}";

    /// <summary>For the log: kind, owner, the policy with a limit of its own, and the models.</summary>
    public string Detail => $"{KindText} {Owner}{(Policy.Length > 0 ? $", policy {Policy}" : "")}{OfModels}";

    private string OfModels => Model.Length > 0 ? $", models {Model}" : "";

    /// <summary>The bucket of the caller's key line, or of the subject without a key.</summary>
    /// <param name="identity">The caller.</param>
    /// <param name="policy">The policy with a limit of its own; empty: none.</param>
    /// <param name="model">Glob of the models that count; empty: all.</param>
    public static BucketName OwnOf(Identity identity, string policy, string model = "") =>
        new(identity.KeyId.Length > 0 ? BucketKind.Key : BucketKind.Subject, policy, identity.Account, model);

    /// <summary>The owner is empty for a caller without a person.</summary>
    public static BucketName UserOf(Identity identity) => new(BucketKind.User, "", identity.Person ?? "");

    /// <summary>The owner is empty for a caller without a tenant.</summary>
    public static BucketName TenantOf(Identity identity) => new(BucketKind.Tenant, "", identity.Tenant ?? "");
}

/// <summary>Allows <paramref name="Permits"/> (1 or more) requests in any <paramref name="Window"/>.</summary>
internal readonly record struct Bucket(BucketName Name, int Permits, TimeSpan Window);
