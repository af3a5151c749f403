using System.Diagnostics;
using AuthSidecar.Pipeline;

namespace AuthSidecar.ExtAuthz;

/// <summary>A question that is being decided.</summary>
/// <param name="Check">What is known of it; the steps' own while they run.</param>
/// <param name="Pending">What the steps come to.</param>
/// <param name="Started">The clock's timestamp.</param>
/// <param name="Span">Ends with it; null when nobody traces it.</param>
internal readonly record struct Inquiry(CheckContext Check, ValueTask<Decision> Pending, long Started, Activity? Span);
