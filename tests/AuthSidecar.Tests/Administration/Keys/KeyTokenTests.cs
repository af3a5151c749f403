using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Tests.Administration.Keys;

public class KeyTokenTests
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    [Theory]
    [InlineData(TokenFamily.Ask, "ask")]
    [InlineData(TokenFamily.Aso, "aso")]
    [InlineData(TokenFamily.Ase, "ase")]
    internal void Generated_HasTheFormAndItsOwnId(TokenFamily family, string prefix)
    {
        var token = KeyToken.Generate(family);

        Assert.Matches($"^{prefix}_[0-9A-Za-z]{{12}}_[0-9A-Za-z]{{38}}$", token);
        Assert.True(KeyToken.TryParse(token, out var parsed));
        Assert.Equal(family, parsed.Family);
        Assert.Equal(token.Split('_')[1], parsed.Id.ToString());
        Assert.Equal(parsed.Id.ToString(), KeyToken.IdOf(token));
    }

    // Computed with Python's zlib.crc32: the format is public, so it must not change.
    [Theory]
    [InlineData("ask_000000000000_00000000000000000000000000000000", "1pwGhk")]
    [InlineData("ask_AbCdEfGhIjKl_abcdefghijklmnopqrstuvwxyz012345", "03odf9")]
    public void KnownToken_HasTheKnownChecksum(string covered, string checksum)
    {
        Assert.True(KeyToken.TryParse(covered + checksum, out _));
    }

    [Fact]
    public void AnySingleCharacterChanged_IsRefused()
    {
        var token = KeyToken.Generate(TokenFamily.Ask);
        var replacements = Alphabet + "_-. é\0";

        var accepted =
            from position in Enumerable.Range(0, token.Length)
            from replacement in replacements
            where replacement != token[position]
            let corrupted = $"{token[..position]}{replacement}{token[(position + 1)..]}"
            where KeyToken.TryParse(corrupted, out _)
            select corrupted;

        Assert.Empty(accepted);
    }

    [Fact]
    public void NeighboursSwapped_IsRefused()
    {
        var token = KeyToken.Generate(TokenFamily.Ask);

        var accepted =
            from position in Enumerable.Range(0, token.Length - 1)
            where token[position] != token[position + 1]
            let swapped = $"{token[..position]}{token[position + 1]}{token[position]}{token[(position + 2)..]}"
            where KeyToken.TryParse(swapped, out _)
            select swapped;

        Assert.Empty(accepted);
    }

    [Fact]
    public void ShorterOrLonger_IsRefused()
    {
        var token = KeyToken.Generate(TokenFamily.Ask);

        Assert.All(Enumerable.Range(0, token.Length), length => Assert.False(KeyToken.TryParse(token.AsSpan(0, length), out _)));
        Assert.False(KeyToken.TryParse(token + "0", out _));
        Assert.False(KeyToken.TryParse(" " + token, out _));
        Assert.False(KeyToken.TryParse(token + new string('0', 100_000), out _));
    }

    [Fact]
    public void Parsing_AllocatesNothing()
    {
        var token = KeyToken.Generate(TokenFamily.Ask);
        var wrong = token[..^1] + (token[^1] == '0' ? '1' : '0');
        var parsed = KeyToken.TryParse(token, out _) && !KeyToken.TryParse(wrong, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var round = 0; round < 1000; round++)
        {
            parsed &= KeyToken.TryParse(token, out _) && !KeyToken.TryParse(wrong, out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(parsed);
    }

    [Fact]
    public void Secrets_UseTheWholeAlphabetEvenly()
    {
        var counts = new Dictionary<char, int>();
        foreach (var character in Enumerable.Range(0, 2000).SelectMany(_ => KeyToken.Generate(TokenFamily.Ask).Substring(17, 32)))
        {
            counts[character] = counts.GetValueOrDefault(character) + 1;
        }

        // 64,000 characters: 1,032 of each expected, with a standard deviation of 32; a modulo of bytes would give some of them a quarter
        // more.
        Assert.Equal(Alphabet.Length, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 1032 - 200, 1032 + 200));
    }
}
