namespace AuthSidecar.ExtAuthz;

/// <summary>Ids of decisions: UUIDv7 (RFC 9562) as 32 lower-case hexadecimal digits, so that they sort by time.</summary>
internal static class DecisionIds
{
    public static string Next(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
}
