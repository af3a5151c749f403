using System.Linq.Expressions;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Recording;

/// <summary>Sums over the token records of an interception.</summary>
internal sealed class TokenSums
{
    public long Input { get; set; }
    public long Output { get; set; }
    public long CacheRead { get; set; }
    public long CacheWrite { get; set; }

    /// <summary>Number of records equal to the new one.</summary>
    public int Copies { get; set; }

    /// <param name="record">The new record.</param>
    public static Expression<Func<IGrouping<string, TokenUsage>, TokenSums>> Of(TokenUsage record) =>
        all =>
            new()
            {
                Input = all.Sum(other => other.InputTokens),
                Output = all.Sum(other => other.OutputTokens),
                CacheRead = all.Sum(other => other.CacheReadTokens),
                CacheWrite = all.Sum(other => other.CacheWriteTokens),
                Copies = all.Sum(other =>
                    other.CreatedAt == record.CreatedAt
                    && other.MsgId == record.MsgId
                    && other.InputTokens == record.InputTokens
                    && other.OutputTokens == record.OutputTokens
                    && other.CacheReadTokens == record.CacheReadTokens
                    && other.CacheWriteTokens == record.CacheWriteTokens
                    && other.Metadata == record.Metadata
                        ? 1
                        : 0
                ),
            };

    /// <param name="other">A record that is not stored yet.</param>
    /// <param name="record">The new record.</param>
    public void Add(TokenUsage other, TokenUsage record)
    {
        Input += other.InputTokens;
        Output += other.OutputTokens;
        CacheRead += other.CacheReadTokens;
        CacheWrite += other.CacheWriteTokens;
        Copies +=
            (
                other.CreatedAt,
                other.MsgId,
                other.InputTokens,
                other.OutputTokens,
                other.CacheReadTokens,
                other.CacheWriteTokens,
                other.Metadata
            )
            == (
                record.CreatedAt,
                record.MsgId,
                record.InputTokens,
                record.OutputTokens,
                record.CacheReadTokens,
                record.CacheWriteTokens,
                record.Metadata
            )
                ? 1
                : 0;
    }
}
