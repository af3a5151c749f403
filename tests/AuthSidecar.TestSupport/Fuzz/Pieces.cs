using System.Text;

namespace AuthSidecar.TestSupport.Fuzz;

/// <summary>Texts put together from what attackers and clients write, and from anything.</summary>
internal static class Pieces
{
    public static T Pick<T>(this Random random, IReadOnlyList<T> of) => of[random.Next(of.Count)];

    /// <summary>True once in <paramref name="times"/>.</summary>
    public static bool Once(this Random random, int times) => random.Next(times) == 0;

    public static string Join(this Random random, IReadOnlyList<string> pieces, int most)
    {
        var text = new StringBuilder();
        for (var count = random.Next(most + 1); count > 0; count--)
        {
            text.Append(random.Once(8) ? ((char)random.Next(1, 256)).ToString() : random.Pick(pieces));
        }

        return text.ToString();
    }
}
