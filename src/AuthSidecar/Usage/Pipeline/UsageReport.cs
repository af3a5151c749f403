using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>
/// A fragment of a request's usage from one source, which <see cref="UsageFacts"/> names; all other columns are null. Only a merge
/// turns reports into a <see cref="UsageRow"/>.
/// Immutable once recorded.
/// </summary>
internal sealed class UsageReport : RequestUsage;
